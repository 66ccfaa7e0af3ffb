// Pseudo-random choices that a seed makes repeatable.

/** SEED from the environment, or a new seed. Print it, since a failure cannot be repeated without it. */
export function chooseSeed() {
  return process.env.SEED ? Number(process.env.SEED) : Math.floor(Math.random() * 2 ** 32);
}

/** mulberry32: 32 bits of state are sufficient for choosing the next step of a test. */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** 0 <= number < 1 */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, inclusive. */
  between(min, max) {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability) {
    return this.next() < probability;
  }

  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  /** At most `count` different members of `list`. */
  sample(list, count) {
    const rest = [...list];
    const chosen = [];
    while (chosen.length < count && rest.length > 0) chosen.push(...rest.splice(Math.floor(this.next() * rest.length), 1));
    return chosen;
  }
}
