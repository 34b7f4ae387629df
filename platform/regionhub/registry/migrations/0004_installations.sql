-- Where a device is: asked of every device of a list.

create index on core.installation (device_id, from_time);
