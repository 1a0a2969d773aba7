import { expect, test } from 'vitest'
import { companionGems, mendsFor } from './compatibility.js'

test('webrick comes beside versions that do not ask for it, on Rubies that no longer have it', () => {
  expect(companionGems('1.12.1', '3.1.2')).toEqual(['webrick:~> 1.4'])
  expect(companionGems('1.12.2', '3.1.2')).toEqual([])
  expect(companionGems('1.12.1', '2.7.8')).toEqual([])
})

test('what later Rubies dropped comes beside versions that do not ask for it', () => {
  expect(companionGems('1.15.3', '3.4.1')).toEqual(['csv:~> 3.2', 'drb:~> 2.2'])
  expect(companionGems('1.16.11', '3.4.1')).toEqual([])
  expect(companionGems('1.18.0', '4.0.0')).toEqual(['ostruct:~> 0.6', 'cgi:>= 0.4'])
  expect(companionGems('1.20.1', '4.0.0')).toEqual([])
})

test('only versions before 1.12.0 are mended, and only for Ruby 3', () => {
  const files = (version: string, ruby: string) => mendsFor(version, ruby).map(({ file }) => file)
  expect(files('1.11.5', '3.1.2')).toEqual(['lib/fluent/plugin_helper/http_server/compat/server.rb'])
  expect(files('1.12.0', '3.1.2')).toEqual([])
  expect(files('1.11.5', '2.7.8')).toEqual([])
})

test('gems that would need OpenSSL to be built are kept below that', () => {
  expect(companionGems('1.20.1', '3.3.8')).toEqual([
    'io-stream:< 0.13.2',
    'io-endpoint:< 0.18',
    'async-http:< 0.98.1',
  ])
  expect(companionGems('1.20.1', '3.4.1')).toEqual([])
  expect(companionGems('1.18.0', '3.3.8')).toEqual([])
})
