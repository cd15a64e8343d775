/** Settings that are a text of some form. Source: spec/api.md 1.8. */
import { describe } from '../../schema/describe.ts'
import { type Issue, invalid } from '../../schema/issue.ts'
import { interfaceNameFormat, isInterfaceName } from '../meta/names.ts'
import { durationSeconds } from './duration.ts'
import { isGoRegex } from './go-regex.ts'
import type { FelixSettings } from './schema.ts'

interface TextForm {
  readonly isValid: (text: string) => boolean
  /** Completes "must be …". */
  readonly allowed: string
}

const interfaceName: TextForm = { isValid: isInterfaceName, allowed: interfaceNameFormat }

const interfacePrefixes: TextForm = {
  isValid: (text) => text.split(',').every(isInterfaceName),
  allowed: `beginnings of interface names, joined by ",", each of ${interfaceNameFormat}`,
}

const duration: TextForm = {
  isValid: (text) => durationSeconds(text) !== undefined,
  allowed: 'a time such as 90s or 1h30m',
}

/** Each new key is told to all nodes: more often than that they would do nothing else. */
const rotationInterval: TextForm = {
  isValid: (text) => {
    const seconds = durationSeconds(text)
    return seconds === 0 || (seconds !== undefined && seconds >= 1)
  },
  allowed: '0s, which means never, or a time of at least 1s such as 24h',
}

const logPrefix: TextForm = {
  isValid: (text) => /^[A-Za-z0-9%: /_-]*$/.test(text),
  allowed: 'letters, digits, blanks and "%", ":", "/", "_", "-"',
}

const rateLimit: TextForm = {
  isValid: (text) => /^[1-9][0-9]{0,3}\/(second|minute|hour|day)$/.test(text),
  allowed: 'a number from 1 to 9999, "/", and second, minute, hour or day',
}

const goRegex: TextForm = { isValid: isGoRegex, allowed: "a regular expression of Go's" }

const forms = {
  interfacePrefix: interfacePrefixes,
  logPrefix,
  logActionRateLimit: rateLimit,
  logDebugFilenameRegex: goRegex,
  wireguardInterfaceName: interfaceName,
  wireguardInterfaceNameV6: interfaceName,
  wireguardKeepAlive: duration,
  wireguardKeyRotationInterval: rotationInterval,
  flowLogsFlushInterval: duration,
  dnsExtraTTL: duration,
  dnsCacheSaveInterval: duration,
  dnsPacketsNfqueueMaxHoldDuration: duration,
  dnsLogsFlushInterval: duration,
} as const satisfies Partial<Record<keyof FelixSettings, TextForm>>

export function* checkTexts(spec: FelixSettings): Iterable<Issue> {
  for (const [setting, { isValid, allowed }] of Object.entries(forms)) {
    const text = spec[setting as keyof typeof forms] ?? ''
    if (text !== '' && !isValid(text))
      yield invalid(`spec.${setting}`, `must be ${allowed}, but is ${describe(text)}`)
  }
}
