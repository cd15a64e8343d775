/** Settings that are one word out of a few, in any case. Source: spec/api.md 1.8, spec/dataplane.md 7.2. */

const severities = ['Trace', 'Debug', 'Info', 'Warning', 'Error', 'Fatal'] as const
const acceptOrReturn = ['Accept', 'Return'] as const
const dropOrReject = ['Drop', 'Reject'] as const

export const wordSettings = {
  defaultEndpointToHostAction: ['Drop', 'Return', 'Accept'],
  iptablesFilterAllowAction: acceptOrReturn,
  iptablesMangleAllowAction: acceptOrReturn,
  iptablesFilterDenyAction: dropOrReject,
  nftablesFilterAllowAction: acceptOrReturn,
  nftablesMangleAllowAction: acceptOrReturn,
  nftablesFilterDenyAction: dropOrReject,
  nftablesMode: ['Auto', 'Enabled', 'Disabled'],
  chainInsertMode: ['insert', 'append'],
  workloadSourceSpoofing: ['Disabled', 'Any'],
  ipForwarding: ['Enabled', 'Disabled'],
  logSeverityFile: severities,
  logSeverityScreen: severities,
  logSeveritySys: severities,
  bpfLogLevel: ['Off', 'Info', 'Debug'],
  flowLogsLocalReporter: ['Enabled', 'Disabled'],
  flowLogsPolicyEvaluationMode: ['None', 'Continuous'],
  dnsPolicyMode: ['NoDelay', 'DelayDeniedPacket', 'DelayDNSResponse', 'Inline'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type WordSetting = keyof typeof wordSettings
export type WordOf<Setting extends WordSetting> = (typeof wordSettings)[Setting][number]

/** The names of these settings. */
export const wordSettingNames = Object.keys(wordSettings) as readonly WordSetting[]

/** The word as it is stored, whatever its case; undefined if it is not one of them. */
export function findWord(setting: WordSetting, text: string): string | undefined {
  const lowered = text.toLowerCase()
  return wordSettings[setting].find((word) => word.toLowerCase() === lowered)
}
