import { articles, type Claim } from './claims.js'
import { testbeds, type ClaimRow, type Measurement } from './table.js'

const holdsWord = { yes: 'yes', no: 'NO', unknown: 'not known' } as const

/** For a terminal: a block per claim. */
export function renderClaims(rows: readonly ClaimRow[]): string {
  return rows
    .map(({ claim, measurements, holds }) =>
      [
        `${claim.id}  ${claim.says}`,
        `    article    ${articleNames(claim)}`,
        `    expected   ${claim.expected}`,
        ...measurements.map(
          (measurement) =>
            `    measured   ${name(measurement, measurement.testbed)}: ${measurement.measured}`,
        ),
        ...(measurements.length === 0 ? ['    measured   no stored run'] : []),
        `    holds?     ${testbeds.map((testbed) => `on ${testbed}: ${holdsWord[holds[testbed]]}`).join(' · ')}`,
      ].join('\n'),
    )
    .join('\n\n')
}

/** For docs/claims.md. `notes` are what was learned about a claim, by id. */
export function renderClaimsMarkdown(
  rows: readonly ClaimRow[],
  notes: Readonly<Record<string, string>>,
): string {
  const overview = rows.map(
    ({ claim, holds }) =>
      `| [${claim.id}](#${claim.id.toLowerCase()}) | ${cell(claim.says)} | ${cell(articleNames(claim))} | ${testbeds.map((testbed) => holdsWord[holds[testbed]]).join(' | ')} |`,
  )
  const details = rows.map(({ claim, measurements }) => {
    const table = measurements.map(
      (measurement) =>
        `| ${cell(name(measurement))} | ${cell(measurement.testbed)} | ${cell(measurement.expected)} | ${cell(measurement.measured)} | ${measurement.verdict} | ${passed(measurement)} |`,
    )
    return [
      `## ${claim.id}`,
      '',
      `**Claim.** ${sentence(claim.says)} (${articleNames(claim)})`,
      '',
      `**Expected.** ${sentence(claim.expected)}`,
      '',
      ...(table.length > 0
        ? [
            '| run | on | expected | measured | verdict | passed |',
            '| --- | --- | --- | --- | --- | --- |',
            ...table,
            '',
          ]
        : ['Not measured.', '']),
      ...(notes[claim.id] === undefined ? [] : [notes[claim.id] ?? '', '']),
    ].join('\n')
  })
  const head = [
    `| claim | what it says | article | ${testbeds.map((testbed) => `holds on ${testbed}?`).join(' | ')} |`,
    `| --- | --- | --- | ${testbeds.map(() => '---').join(' | ')} |`,
    ...overview,
  ]
  return `${[...head, '', ...details].join('\n').trimEnd()}\n`
}

function articleNames({ articles: names }: Claim): string {
  return names.map((article) => articles[article]).join('; ')
}

function name({ scenario, variant, profile, fluentd }: Measurement, ...more: readonly string[]): string {
  const of = [...more, ...(profile === 'hardened' ? [] : [`profile ${profile}`]), `Fluentd ${fluentd}`]
  return `${scenario}${variant === null ? '' : `, ${variant}`} (${of.join(', ')})`
}

function passed({ runs }: Measurement): string {
  return `${String(runs.passed)} of ${String(runs.stored)}`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
