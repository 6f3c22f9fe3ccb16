/**
 * Where numbers stand: see blobs.py.
 *
 * @typedef {{blob: number, kind: "f8" | "u2" | "i4" | "text", size: number,
 *            low?: number, high?: number, bend?: number, error?: string}} Reference
 */

const STEPS = 65532;
const NOT_FINITE = [Infinity, -Infinity, NaN];
/** @type {Map<number, Promise<any>>} */
const unpacked = new Map();

/**
 * Return what a reference stands for; each blob is unpacked once, when it is first asked for.
 *
 * @param {Reference} reference
 * @returns {Promise<any>}
 */
function unpack(reference) {
  const known = unpacked.get(reference.blob);
  if (known) return known;
  const made = bytesOf(reference.blob).then((bytes) => READERS[reference.kind](bytes, reference));
  unpacked.set(reference.blob, made);
  return made;
}

/**
 * Return the uncompressed bytes of a blob.
 *
 * @param {number} number
 * @returns {Promise<Uint8Array>}
 */
async function bytesOf(number) {
  const node = document.getElementById(`blob-${number}`);
  const text = atob(node?.textContent ?? "");
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @type {Record<string, (bytes: Uint8Array, reference: Reference) => any>} */
const READERS = {
  text: (bytes) => new TextDecoder().decode(bytes),
  f8: (bytes) => new Float64Array(fromPlanes(bytes, 8).buffer),
  i4: (bytes) => {
    const numbers = new Int32Array(bytes.buffer, 0, bytes.length / 4);
    for (let i = 1; i < numbers.length; i++) numbers[i] += numbers[i - 1];
    return numbers;
  },
  u2: (bytes, { low = 0, high = 0, bend = 0 }) => {
    const numbers = new Uint16Array(fromPlanes(bytes, 2).buffer);
    const values = new Float64Array(numbers.length);
    for (let i = 0; i < values.length; i++) {
      const share = numbers[i] / STEPS;
      const along = low * (1 - share) + high * share;
      values[i] = numbers[i] > STEPS ? NOT_FINITE[numbers[i] - STEPS - 1] : bend ? Math.sinh(along) * bend : along;
    }
    return values;
  },
};

/**
 * Put the bytes of each number together again: they are stored by their place in the number.
 *
 * @param {Uint8Array} bytes
 * @param {number} width
 */
function fromPlanes(bytes, width) {
  const count = bytes.length / width;
  const joined = new Uint8Array(bytes.length);
  for (let plane = 0; plane < width; plane++)
    for (let i = 0, from = plane * count; i < count; i++) joined[i * width + plane] = bytes[from + i];
  return joined;
}
