/** What Fluentd's gems need to be built. */
export type Requirement = 'ruby' | 'headers' | 'compiler' | 'make'

export type PackageManager = 'apt' | 'dnf' | 'apk' | 'brew'

export interface System {
  /** Undefined where it is none of those that gapless knows. */
  readonly packageManager: PackageManager | undefined
  readonly isRoot: boolean
}

const idsOf: readonly (readonly [PackageManager, readonly string[]])[] = [
  ['apt', ['debian', 'ubuntu']],
  ['dnf', ['fedora', 'rhel', 'centos', 'rocky', 'almalinux', 'amzn']],
  ['apk', ['alpine']],
]

/** What system this is: the platform as Node names it, the text of /etc/os-release ('' where there is none). */
export function systemOf(platform: NodeJS.Platform, osRelease: string, userId: number | undefined): System {
  const isRoot = userId === 0
  if (platform === 'darwin') return { packageManager: 'brew', isRoot }
  const ids = ['ID', 'ID_LIKE'].flatMap((key) => valueOf(osRelease, key).split(/\s+/))
  const found = ids.flatMap((id) => idsOf.filter(([, known]) => known.includes(id)))[0]
  return { packageManager: found?.[0], isRoot }
}

function valueOf(osRelease: string, key: string): string {
  const line = osRelease.split('\n').find((text) => text.startsWith(`${key}=`))
  return (line ?? '')
    .slice(key.length + 1)
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
}

/** In the order that one would type them. */
const packagesOf: Readonly<Record<PackageManager, Readonly<Record<Requirement, readonly string[]>>>> = {
  // ca-certificates is only recommended by ruby, and without it no gem can be fetched.
  apt: {
    ruby: ['ruby', 'ca-certificates'],
    headers: ['ruby-dev'],
    compiler: ['gcc', 'libc6-dev'],
    make: ['make'],
  },
  // Fedora's Ruby builds gems with flags that are in redhat-rpm-config.
  dnf: {
    ruby: ['ruby', 'rubygems', 'ca-certificates'],
    headers: ['ruby-devel'],
    compiler: ['gcc', 'redhat-rpm-config'],
    make: ['make'],
  },
  // Alpine's ruby leaves out parts of the standard library, which ruby-full has.
  apk: {
    ruby: ['ruby-full', 'ca-certificates'],
    headers: ['ruby-dev'],
    compiler: ['build-base', 'linux-headers'],
    make: ['make'],
  },
  // Homebrew's Ruby has its headers; compiler and make are Xcode's.
  brew: { ruby: ['ruby'], headers: ['ruby'], compiler: [], make: [] },
}

export function packagesFor(
  packageManager: PackageManager,
  missing: readonly Requirement[],
): readonly string[] {
  return [...new Set(missing.flatMap((requirement) => packagesOf[packageManager][requirement]))]
}

/** The line to paste that brings what is missing. Undefined where the system is not known. */
export function commandFor(system: System, missing: readonly Requirement[]): string | undefined {
  const { packageManager } = system
  if (packageManager === undefined || missing.length === 0) return undefined
  const packages = packagesFor(packageManager, missing).join(' ')
  const sudo = system.isRoot ? '' : 'sudo '
  switch (packageManager) {
    case 'apt':
      return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${packages}`
    case 'dnf':
      return `${sudo}dnf install -y ${packages}`
    case 'apk':
      return `${sudo}apk add ${packages}`
    case 'brew':
      return [
        ...(missing.some((requirement) => requirement === 'compiler' || requirement === 'make')
          ? ['xcode-select --install']
          : []),
        // Homebrew does not put its Ruby before the one that macOS has.
        ...(packages === ''
          ? []
          : [`brew install ${packages} && export PATH="$(brew --prefix ruby)/bin:$PATH"`]),
      ].join(' && ')
  }
}

const names: Readonly<Record<Requirement, string>> = {
  ruby: 'Ruby',
  headers: "Ruby's headers",
  compiler: 'a C compiler with its libraries',
  make: 'make',
}

/** 'Ruby, a C compiler and make'. */
export function nameRequirements(missing: readonly Requirement[]): string {
  const texts = missing.map((requirement) => names[requirement])
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1) ?? ''}`
}
