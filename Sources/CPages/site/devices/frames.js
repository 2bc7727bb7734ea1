/**
 * Binary frames as a picture: each frame is a row of it, the newest on top, each sample a point from dark to bright.
 *
 * A frame is big-endian: Unix microseconds in 8 bytes, its number in 8, then samples of 2 bytes with a sign.
 */

const ROWS = 64;
/** Points in a row, at most; longer frames are thinned. */
const COLUMNS = 512;
/** From the lowest to the highest: red, green, blue at even distances. */
const STOPS = [[12, 16, 48], [37, 61, 150], [23, 134, 160], [72, 190, 130], [236, 210, 90], [255, 250, 220]];

/**
 * @param {ArrayBuffer} buffer
 * @returns {{ts: number, seq: bigint, samples: Int16Array} | undefined} nothing if it is too short for a frame
 */
export function parseFrame(buffer) {
  if (buffer.byteLength < 18) return undefined;
  const view = new DataView(buffer);
  const samples = new Int16Array((buffer.byteLength - 16) >> 1);
  for (let i = 0; i < samples.length; i += 1) samples[i] = view.getInt16(16 + 2 * i);
  return { ts: Number(view.getBigUint64(0) / 1000n), seq: view.getBigUint64(8), samples };
}

export class FramePicture {
  rows = [];

  /** @param {HTMLCanvasElement} canvas scaled by the style sheet */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.clear();
  }

  clear() {
    this.rows = [];
    this.canvas.width = 1;
    this.canvas.height = ROWS;
  }

  push({ samples }) {
    const step = Math.ceil(samples.length / COLUMNS);
    this.rows.unshift(step === 1 ? samples : samples.filter((_, index) => index % step === 0));
    if (this.rows.length > ROWS) this.rows.pop();
  }

  draw() {
    const width = this.rows[0]?.length ?? 0;
    if (width === 0) return;
    if (this.canvas.width !== width) this.canvas.width = width;
    const image = this.context.createImageData(width, ROWS);
    const { low, high } = extent(this.rows);
    this.rows.forEach((row, y) => {
      for (let x = 0; x < Math.min(width, row.length); x += 1) {
        paint(image.data, (y * width + x) * 4, high > low ? (row[x] - low) / (high - low) : 0.5);
      }
    });
    this.context.putImageData(image, 0, 0);
  }
}

function extent(rows) {
  let low = Infinity;
  let high = -Infinity;
  for (const row of rows) {
    for (const value of row) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { low, high };
}

/** @param {number} part 0 to 1 */
function paint(data, at, part) {
  const place = part * (STOPS.length - 1);
  const index = Math.min(STOPS.length - 2, Math.floor(place));
  const [from, to] = [STOPS[index], STOPS[index + 1]];
  for (let i = 0; i < 3; i += 1) data[at + i] = from[i] + (to[i] - from[i]) * (place - index);
  data[at + 3] = 255;
}
