import type { Finding } from '@margay/policy'

const most = 4

/** What is found, with its proof. */
export function sentenceOf({ message, by }: Finding): string {
  if (by.length === 0) return message
  const rest = by.length > most ? ` and ${by.length - most} more` : ''
  return `${message} by ${by.slice(0, most).join(', ')}${rest}`
}
