import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { GaplessError, messageOf } from '../errors.js'
import { type Knobs } from '../scenario/knobs.js'

type Role = 'forwarder' | 'aggregator'

/** What only the Fluentd of the other role finds in its environment, and what is meant instead. */
const ofTheOther: Readonly<Record<Role, { readonly names: RegExp; readonly hint: string }>> = {
  forwarder: {
    names: /\bFORWARD_(?:HOST|PORT)\b/,
    hint: 'A forwarder sends to AGGREGATOR_HOST and AGGREGATOR_PORT.',
  },
  aggregator: {
    names: /\bAGGREGATOR_(?:HOST|PORT)\b/,
    hint: 'An aggregator listens on FORWARD_HOST and FORWARD_PORT, and sends to COLLECTOR_URL.',
  },
}

/** Throws 'usage' for a file that knobs name and that cannot be read, or that is of the other role. */
export function checkUserFiles(knobs: Knobs): void {
  for (const role of ['forwarder', 'aggregator'] as const) {
    const config = userConfig(role, knobs)
    if (config !== undefined) checkRole(role, `${role}.config`, resolve(knobs[`${role}.config`]), config)
    const value = knobs[`${role}.snippet`]
    const file = value.startsWith('@') ? resolve(value.slice(1)) : 'line '
    checkRole(role, `${role}.snippet`, file, snippetText(role, knobs))
  }
}

/** Fluentd takes a variable that is not there for an empty one, and starts: on an address that nobody looks at. */
function checkRole(role: Role, knob: string, file: string, text: string): void {
  const { names, hint } = ofTheOther[role]
  for (const [index, line] of text.split('\n').entries()) {
    const found = /^\s*#/.test(line) || !line.includes('ENV') ? undefined : names.exec(line)?.[0]
    if (found === undefined) continue
    const place = `${file}${file === 'line ' ? '' : ':'}${String(index + 1)}`
    const other = role === 'forwarder' ? 'an aggregator' : 'a forwarder'
    throw new GaplessError(`knob ${knob}: ${place} asks for ${found}, which only ${other} has`, {
      code: 'usage',
      hint,
    })
  }
}

/** A whole configuration of the user's own, if there is one. */
export function userConfig(role: Role, knobs: Knobs): string | undefined {
  const path = knobs[`${role}.config`]
  return path === '' ? undefined : readUserFile(`${role}.config`, path)
}

/** What is to be added to the configuration; '' for nothing. */
export function userSnippet(role: Role, knobs: Knobs): string {
  const text = snippetText(role, knobs)
  return text === '' ? '' : `${text.trim()}\n\n`
}

function snippetText(role: Role, knobs: Knobs): string {
  const value = knobs[`${role}.snippet`]
  return value.startsWith('@') ? readUserFile(`${role}.snippet`, value.slice(1)) : value
}

function readUserFile(knob: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new GaplessError(`knob ${knob}: cannot read ${resolve(path)}: ${messageOf(cause)}`, {
      code: 'usage',
      cause,
    })
  }
}
