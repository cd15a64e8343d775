/** A sum of numbers with units, as Go's time package writes them. */
const whole = /^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+$/
const part = /([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)/g

const secondsOf: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 }

/** As 5400 for `1h30m`; undefined for what is no such text. */
export function durationSeconds(text: string): number | undefined {
  if (!whole.test(text)) return undefined
  return [...text.matchAll(part)]
    .map(([, amount, unit = '']) => Number(amount) * (secondsOf[unit] ?? Number.NaN))
    .reduce((sum, seconds) => sum + seconds, 0)
}
