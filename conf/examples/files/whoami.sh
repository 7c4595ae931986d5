#!/bin/sh
# SPDX-License-Identifier: ISC
# Tells a client what a service in a container sees. Standard input and output are its connection.
echo "You come from ${REMOTE_ADDR:-nowhere}${REMOTE_PORT:+, port $REMOTE_PORT}."
echo "I am $(id), process $$ on $(hostname)."
echo "My processes:"
ps
