import { describe, expect, test } from 'vitest'
import { commandFor, nameRequirements, systemOf } from './remedies.js'

const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
const mint = 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n'
const rocky = 'ID="rocky"\nID_LIKE="rhel centos fedora"\n'
const everything = ['ruby', 'headers', 'compiler', 'make'] as const

describe('the package manager of a system', () => {
  test.each([
    ['Debian', 'linux', debian, 'apt'],
    ['a derivative of Ubuntu', 'linux', mint, 'apt'],
    ['Fedora', 'linux', 'ID=fedora\n', 'dnf'],
    ['a derivative of RHEL', 'linux', rocky, 'dnf'],
    ['Alpine', 'linux', 'ID=alpine\n', 'apk'],
    ['one that is not known', 'linux', 'ID=void\n', undefined],
    ['a Linux without /etc/os-release', 'linux', '', undefined],
    ['macOS', 'darwin', '', 'brew'],
  ] as const)('%s', (_name, platform, osRelease, expected) => {
    expect(systemOf(platform, osRelease, 1000)).toEqual({ packageManager: expected, isRoot: false })
  })

  test('root is user 0', () => {
    expect(systemOf('linux', debian, 0).isRoot).toBe(true)
  })
})

describe('the command that brings what is missing', () => {
  const user = (osRelease: string) => systemOf('linux', osRelease, 1000)

  test('apt, as a user and as root', () => {
    expect(commandFor(user(debian), everything)).toBe(
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends ruby ca-certificates ruby-dev gcc libc6-dev make',
    )
    expect(commandFor(systemOf('linux', debian, 0), ['headers'])).toBe(
      'apt-get update && apt-get install -y --no-install-recommends ruby-dev',
    )
  })

  test('dnf', () => {
    expect(commandFor(user(rocky), everything)).toBe(
      'sudo dnf install -y ruby rubygems ca-certificates ruby-devel gcc redhat-rpm-config make',
    )
  })

  test('apk', () => {
    expect(commandFor(systemOf('linux', 'ID=alpine', 0), everything)).toBe(
      'apk add ruby-full ca-certificates ruby-dev build-base linux-headers make',
    )
  })

  test('brew never with sudo, and the compiler is from Xcode', () => {
    const mac = systemOf('darwin', '', 501)
    expect(commandFor(mac, ['ruby'])).toBe(
      'brew install ruby && export PATH="$(brew --prefix ruby)/bin:$PATH"',
    )
    expect(commandFor(mac, ['compiler', 'make'])).toBe('xcode-select --install')
    expect(commandFor(mac, everything)).toBe(
      'xcode-select --install && brew install ruby && export PATH="$(brew --prefix ruby)/bin:$PATH"',
    )
  })

  test('none where the system is not known or nothing is missing', () => {
    expect(commandFor(user('ID=void'), everything)).toBeUndefined()
    expect(commandFor(user(debian), [])).toBeUndefined()
  })
})

test('requirements are named in words', () => {
  expect(nameRequirements(['make'])).toBe('make')
  expect(nameRequirements(['ruby', 'headers', 'make'])).toBe("Ruby, Ruby's headers and make")
})
