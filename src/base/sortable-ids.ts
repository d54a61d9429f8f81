/**
 * UUID version 7 ids (RFC 9562), each greater than the one before even within a millisecond or when the clock
 * goes back. The last 32 bits are zero: `itemIdOf` puts the number of an item there, so an item's id names its run.
 */
export function sortableIds(now: () => number, random: () => Uint8Array): () => string {
  let lastMs = 0;
  let counter = 0;
  return () => {
    const bytes = random();
    const ms = now();
    counter = ms > lastMs ? ((bytes[0]! & 0x07) << 8) | bytes[1]! : counter + 1;
    lastMs = Math.max(ms, lastMs) + (counter > 0xfff ? 1 : 0);
    counter &= 0xfff;
    const time = lastMs.toString(16).padStart(12, "0");
    const tail = Array.from(bytes.subarray(2, 6), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const variant = (0x8 | (parseInt(tail[0]!, 16) & 0x3)).toString(16);
    const sequence = counter.toString(16).padStart(3, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}00000000`;
  };
}
