#!/bin/sh
# Write the password file from the environment, then become the broker.
set -eu
umask 077
: "${MQTT_INGEST_PASSWORD:?}" "${MQTT_LNS_PASSWORD:?}"
run=${MOSQUITTO_RUN:-/run/mosquitto}
printf 'ingest:%s\nlns:%s\n' "$MQTT_INGEST_PASSWORD" "$MQTT_LNS_PASSWORD" >"$run/passwords"
mosquitto_passwd -U "$run/passwords"
cp "$(dirname "$0")/acl" "$run/acl"
exec mosquitto -c "$(dirname "$0")/mosquitto.conf"
