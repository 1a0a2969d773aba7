import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { resolveKnobs } from '../scenario/profiles.js'
import { checkUserFiles } from './user-files.js'

function check(knob: string, text: string): void {
  const directory = mkdtempSync(path.join(tmpdir(), 'gapless user files '))
  const file = path.join(directory, 'my.conf')
  try {
    writeFileSync(file, text)
    checkUserFiles(resolveKnobs('hardened', {}, { [knob]: knob.endsWith('snippet') ? `@${file}` : file }))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const aggregator = (host: string) => `<source>
  @type forward
  # not "#{ENV['AGGREGATOR_HOST']}", which is for forwarders
  bind "#{ENV['${host}']}"
</source>
`

test('an address of the other role is refused with file and line', () => {
  expect(() => {
    check('aggregator.config', aggregator('AGGREGATOR_HOST'))
  }).toThrow(/^knob aggregator\.config: .*my\.conf:4 asks for AGGREGATOR_HOST, which only a forwarder has$/)
  expect(() => {
    check('forwarder.config', `port "#{ENV['FORWARD_PORT']}"`)
  }).toThrow(/^knob forwarder\.config: .*my\.conf:1 asks for FORWARD_PORT, which only an aggregator has$/)
  expect(() => {
    check('forwarder.snippet', `\n<filter>\n  x "#{ENV.fetch('FORWARD_HOST')}"\n</filter>`)
  }).toThrow(/^knob forwarder\.snippet: .*my\.conf:3 asks for FORWARD_HOST/)
})

test('those of its own are taken', () => {
  check('aggregator.config', aggregator('FORWARD_HOST'))
  check('forwarder.config', `host "#{ENV['AGGREGATOR_HOST']}"\nport "#{ENV['AGGREGATOR_PORT']}"`)
})

test('a snippet that is text is meant by its line', () => {
  const snippet = `<filter **>\n  host "#{ENV['AGGREGATOR_HOST']}"\n</filter>`
  expect(() => {
    checkUserFiles(resolveKnobs('hardened', {}, { 'aggregator.snippet': snippet }))
  }).toThrow('knob aggregator.snippet: line 2 asks for AGGREGATOR_HOST, which only a forwarder has')
})
