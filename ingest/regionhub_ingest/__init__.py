"""From MQTT message to stored reading."""
