// Decentlab DL-MBX. Big-endian: version (2), device id, flags, then the words of the groups that the flags name,
// bit 0 the first. The last group is the battery.
//
// Probe group: distance in mm, number of valid samples (of 15). The MaxBotix sensors report whatever is nearer than the
// end of their blind zone at its end (data sheet of the HRXL-MaxSonar): 300 or 500 mm, as the parameter blind_zone says.

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
  var frame = readGroups(input.bytes, [2, 1]);
  if (frame.errors) return frame;
  var probe = frame.groups[0];
  var battery = frame.groups[1];
  var data = { device_number: word(input.bytes, 1) };
  if (probe) {
    data.valid_samples = probe[1];
    var blindZone = input.variables.blind_zone;
    data.distance = probe[1] > 0 ? Math.max(probe[0], blindZone) : null;
    if (probe[1] === 0) data.distance_problem = "no valid sample";
    else if (probe[0] <= blindZone) data.distance_bound = "target at the end of the blind zone or nearer";
  }
  if (battery) data.battery = battery[0] / 1000;
  return { data: data, warnings: frame.warnings };
}
