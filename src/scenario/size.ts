const factors = { k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const

/** Bytes of a size as Fluentd writes it: '4096', '512k', '8m', '1g'. The text is one that a knob took. */
export function sizeBytes(text: string): number {
  const unit = text.at(-1)?.toLowerCase()
  const factor = unit !== undefined && unit in factors ? factors[unit as keyof typeof factors] : 1
  return Number.parseInt(text, 10) * factor
}
