import { figuresOf, type Figures } from './figures.js'
import { type Question, type Way } from './questions.js'
import { type Sample } from './samples.js'
import { rankOf } from './table.js'

export interface Answer extends Omit<Question, 'ways'> {
  readonly answers: readonly AnswerRow[]
}

/** A way, by one scenario on one testbed. */
export interface AnswerRow {
  readonly way: string
  readonly scenario: string
  readonly variant: string | null
  /** null: it was measured nowhere. */
  readonly measured: { readonly testbed: string; readonly figures: Figures } | null
}

/** Answers questions from what was measured with the hardened profile, which is what articles recommend. */
export function answersTo(questions: readonly Question[], samples: readonly Sample[]): Answer[] {
  return questions.map(({ ways, ...question }) => {
    const asked = samples.filter(
      ({ newest: { profile, testbed } }) =>
        profile === 'hardened' && question.on.some((on) => on === testbed),
    )
    return { ...question, answers: ways.flatMap((way) => rowsOf(way, asked)) }
  })
}

function rowsOf({ way, measuredBy }: Way, samples: readonly Sample[]): AnswerRow[] {
  return measuredBy.flatMap(({ scenario, variant }): AnswerRow[] => {
    const row = { way, scenario, variant }
    const found = samples
      .filter(({ newest }) => newest.scenario === scenario && newest.variant === variant)
      .toSorted((a, b) => rankOf(a.newest.testbed) - rankOf(b.newest.testbed))
      .map((sample) => ({
        ...row,
        measured: { testbed: sample.newest.testbed, figures: figuresOf(sample) },
      }))
    return found.length > 0 ? found : [{ ...row, measured: null }]
  })
}
