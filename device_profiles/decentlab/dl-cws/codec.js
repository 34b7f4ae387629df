// Decentlab DL-CWS. Big-endian: version (2), device id, flags, then the words of the groups that the flags name,
// bit 0 the first. The last group is the battery.
//
// Probe group: temperature of the surface and of the air, humidity, dew point (0.01), mounting angle in degrees,
// temperature of the sensor (0.01), all + 32768.

function word(bytes, at) {
  return (bytes[at] << 8) | bytes[at + 1];
}

// Splits a frame into its groups of words; a group that is not there is null.
function readGroups(bytes, lengths) {
  if (bytes.length < 5) return { errors: ["frame has " + bytes.length + " bytes, its head alone has 5"] };
  if (bytes[0] !== 2) return { errors: ["protocol version " + bytes[0] + " is not 2"] };
  var flags = word(bytes, 3);
  var groups = [];
  var at = 5;
  for (var group = 0; group < lengths.length; group++) {
    groups.push((flags >> group) & 1 ? [] : null);
    if (groups[group] === null) continue;
    for (var i = 0; i < lengths[group]; i++, at += 2) groups[group].push(word(bytes, at));
  }
  if (at > bytes.length) return { errors: ["frame has " + bytes.length + " bytes instead of " + at] };
  return { groups: groups, warnings: at < bytes.length ? ["bytes after the end of the frame"] : [] };
}

function decodeUplink(input) {
  var frame = readGroups(input.bytes, [6, 1]);
  if (frame.errors) return frame;
  var probe = frame.groups[0];
  var battery = frame.groups[1];
  var data = { device_number: word(input.bytes, 1) };
  if (probe) {
    data.surface_temperature = (probe[0] - 32768) / 100;
    data.air_temperature = (probe[1] - 32768) / 100;
    data.humidity = (probe[2] - 32768) / 100;
    data.dew_point = (probe[3] - 32768) / 100;
    data.angle = probe[4] - 32768;
    data.sensor_temperature = (probe[5] - 32768) / 100;
  }
  if (battery) data.battery = battery[0] / 1000;
  return { data: data, warnings: frame.warnings };
}
