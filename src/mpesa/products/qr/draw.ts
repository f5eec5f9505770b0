/** Eight white pixels: a pixel is a bit, which is an eighth of the work. */
const WHITE = 255;
/** White around it, in modules: the standard asks for 4. */
const BORDER = 4;

/**
 * A PNG of `pixels` by `pixels` that holds the text. As large as whole pixels a module allow, in the middle;
 * where a size is too small for that, it does not hold the whole code, because the caller asked so. The
 * libraries are loaded with the first code: no other process pays for them.
 */
export async function drawQr(text: string, pixels: number): Promise<Buffer> {
  const [{ encodeQR }, { encode }] = await Promise.all([import('qr'), import('fast-png')]);
  const modules = encodeQR(text, 'raw', { ecc: 'medium', border: BORDER, scale: 1 });
  const side = modules.length;
  const scale = Math.max(1, Math.floor(pixels / side));
  const before = Math.floor((pixels - side * scale) / 2);
  const rowBytes = Math.ceil(pixels / 8);
  const data = new Uint8Array(rowBytes * pixels).fill(WHITE);
  for (const [at, row] of modules.entries()) {
    const line = new Uint8Array(rowBytes).fill(WHITE);
    for (let x = before; x < before + side * scale; x += 1)
      if (row[Math.floor((x - before) / scale)] === true)
        line[x >> 3] = (line[x >> 3] ?? 0) & ~(128 >> (x & 7));
    const first = before + at * scale;
    for (let y = Math.max(0, first); y < Math.min(pixels, first + scale); y += 1)
      data.set(line, y * rowBytes);
  }
  return Buffer.from(encode({ width: pixels, height: pixels, data, channels: 1, depth: 1 }));
}
