// {name}: write here what the maker's byte table says.
//
// Port 1, 5 bytes, big-endian: battery in %, temperature in 0.1 degC, distance in mm

function unsigned(bytes, at) {
  return (bytes[at] << 8) | bytes[at + 1];
}

function signed(bytes, at) {
  return (unsigned(bytes, at) << 16) >> 16;
}

// input has bytes (numbers), fPort, recvTime (a Date) and variables (the device's parameters).
function decodeUplink(input) {
  var bytes = input.bytes;
  // Without this check the missing bytes of a short frame would become wrong values.
  if (bytes.length < 5) return { errors: ["frame has " + bytes.length + " bytes instead of 5"] };
  var data = {
    battery: bytes[0],
    temperature: signed(bytes, 1) / 10,
    distance: unsigned(bytes, 3),
  };
  // What the device could not measure is null, with a text that says why.
  if (data.distance === 0) {
    data.distance = null;
    data.distance_problem = "no echo";
  }
  // Further bytes come from a firmware that this codec does not know.
  return { data: data, warnings: bytes.length > 5 ? ["bytes after the end of the frame"] : [] };
}
