/** Colours, where there is a terminal to show them. */
import pc from 'picocolors'
import type { Io, TextSink } from '../io.ts'

type Paint = (text: string) => string

export interface Style {
  readonly good: Paint
  readonly bad: Paint
  /** Neither wholly good nor wholly bad. */
  readonly mixed: Paint
  readonly faint: Paint
  readonly heading: Paint
}

/** Source: https://no-color.org: any value of NO_COLOR that is not empty. */
export function styleFor(sink: TextSink, env: Io['env']): Style {
  const hasColors = sink.isTerminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
  const { green, red, yellow, dim, bold } = pc.createColors(hasColors)
  return { good: green, bad: red, mixed: yellow, faint: dim, heading: bold }
}
