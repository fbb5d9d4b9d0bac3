// Ask the server. A refused question becomes an Error with the server's own words.

const KEY = "footpath-key";

/** Keep the key for this tab alone; the browser forgets it with the tab. */
export const keepKey = (text) => sessionStorage.setItem(KEY, text.trim());

function headers() {
  const key = sessionStorage.getItem(KEY);
  return { Accept: "application/json", ...(key ? { "X-API-Key": key } : {}) };
}

export async function ask(name, values = {}) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  const query = new URLSearchParams(given.map(([key, value]) => [key, String(value)]));
  let answer;
  try {
    answer = await fetch(`/explore/data/${name}?${query}`, { headers: headers() });
  } catch {
    throw new Error("The server does not answer. Is `footpath serve` still running?");
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const error = new Error(body.detail || `The server answered ${answer.status}.`);
  error.status = answer.status;
  throw error;
}
