const suffixes = ['', 'k', 'M', 'G', 'T', 'P', 'E']

/** A quantity of Kubernetes, like `1Gi` or `500M`, in bytes; undefined where it is none. */
export function bytesOf(quantity: string): number | undefined {
  const [, number, suffix = '', binary] = /^(\d+(?:\.\d+)?)([kKMGTPE]?)(i?)$/.exec(quantity) ?? []
  const power = suffixes.indexOf(suffix === 'K' ? 'k' : suffix)
  return number === undefined ? undefined : Number(number) * (binary ? 1024 : 1000) ** power
}
