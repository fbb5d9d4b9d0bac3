#!/bin/sh
# Run a footpath command with the credentials of the same secret file that Neo4j's image takes:
# NEO4J_AUTH_FILE holds "neo4j/the-password". NEO4J_PASSWORD and NEO4J_PASSWORD_FILE come first.
set -eu

if [ -z "${NEO4J_PASSWORD:-}" ] && [ -z "${NEO4J_PASSWORD_FILE:-}" ] && [ -n "${NEO4J_AUTH_FILE:-}" ]; then
  if ! auth=$(cat "$NEO4J_AUTH_FILE"); then
    echo "Error: user $(id -u) cannot read $NEO4J_AUTH_FILE. Set FOOTPATH_UID to the file's owner." >&2
    exit 1
  fi
  case $auth in
    ?*/?*) ;;
    *)
      echo "Error: $NEO4J_AUTH_FILE must hold one line like neo4j/the-password." >&2
      exit 1
      ;;
  esac
  export NEO4J_USERNAME="${auth%%/*}" NEO4J_PASSWORD="${auth#*/}"
fi

exec footpath "$@"
