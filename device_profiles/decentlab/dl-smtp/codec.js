// Decentlab DL-SMTP. Big-endian: version (2), device id, flags, then the words of the groups that the flags name,
// bit 0 the first. The last group is the battery.
//
// Probe group: for each of eight levels, from the top, moisture on the scale of the probe and temperature in
// 0.01 degC + 32768. A level that the ordered probe does not have is 0 and 0.

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
  var frame = readGroups(input.bytes, [16, 1]);
  if (frame.errors) return frame;
  var probe = frame.groups[0];
  var battery = frame.groups[1];
  var data = { device_number: word(input.bytes, 1) };
  if (probe) {
    for (var level = 0; level < 8; level++) {
      var moisture = probe[2 * level];
      var temperature = probe[2 * level + 1];
      var fitted = moisture !== 0 || temperature !== 0;
      data["moisture_" + level] = fitted ? (moisture - 2500) / 500 : null;
      data["temperature_" + level] = fitted ? (temperature - 32768) / 100 : null;
      if (!fitted) data["problem_" + level] = "probe level not fitted (raw 0/0)";
    }
  }
  if (battery) data.battery = battery[0] / 1000;
  return { data: data, warnings: frame.warnings };
}
