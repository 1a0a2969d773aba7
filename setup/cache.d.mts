export function cacheDirectory(env?: Readonly<Record<string, string | undefined>>): string
