#!/bin/sh
# Take over who may do what (regionhub source acl), become the broker, and follow when that changes.
set -eu
umask 077
: "${MQTT_INGEST_PASSWORD:?}"
run=${MOSQUITTO_RUN:-/run/mosquitto}
access=${MOSQUITTO_ACCESS:-/mosquitto/access}
take_over() {
  cp "$access/passwords" "$access/acl" "$run/"
}
changed() {
  ! cmp -s "$access/passwords" "$run/passwords" || ! cmp -s "$access/acl" "$run/acl"
}
take_over
# for the health check: a password in its arguments could be seen in the list of processes
printf -- '-u ingest\n-P %s\n' "$MQTT_INGEST_PASSWORD" >"$run/mosquitto_sub"
(
  while sleep 5 && kill -0 $$ 2>/dev/null; do
    if changed; then
      take_over
      kill -HUP $$
    fi
  done
) &
exec mosquitto -c "$(dirname "$0")/mosquitto.conf"
