#!/bin/sh
# An inventory program: prints the plant.
[ "$1" = --list ] || exit 2
cat "$(dirname "$0")/list.json"
