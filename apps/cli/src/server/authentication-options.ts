/** The options that say whom the server believes; named as those of kube-apiserver. */
import type { RunOptions } from '@margay/server'
import type { Command } from 'commander'
import { usageError } from '../errors.ts'

type AuthenticationOptions = NonNullable<RunOptions['authentication']>

export interface AuthenticationFlags {
  readonly serviceAccountIssuer?: string
  readonly requestheaderClientCaFile?: string
  readonly requestheaderAllowedNames?: string
  readonly oidcIssuerUrl?: string
  readonly oidcClientId?: string
  readonly oidcCaFile?: string
  readonly oidcUsernameClaim?: string
  readonly oidcUsernamePrefix?: string
  readonly oidcGroupsClaim?: string
  readonly oidcGroupsPrefix?: string
  readonly oidcRequiredClaim?: readonly string[]
  readonly oidcSigningAlgs?: string
}

export function configureAuthentication(command: Command): void {
  command
    .option('--service-account-issuer <url>', 'who issues the tokens of service accounts')
    .option(
      '--requestheader-client-ca-file <file>',
      'PEM: proxies in front with such certificates say who the user is',
    )
    .option(
      '--requestheader-allowed-names <names>',
      'only proxies with these common names, separated by commas',
    )
    .option('--oidc-issuer-url <url>', 'believe ID tokens of this issuer')
    .option('--oidc-client-id <id>', 'for whom such tokens must be')
    .option('--oidc-ca-file <file>', 'PEM: who signed the certificate of the issuer')
    .option('--oidc-username-claim <claim>', 'which claim is the user name (default: sub)')
    .option(
      '--oidc-username-prefix <prefix>',
      'what it gets in front; - for nothing (default: ISSUER#, for email nothing)',
    )
    .option('--oidc-groups-claim <claim>', 'which claim has the groups')
    .option('--oidc-groups-prefix <prefix>', 'what they get in front')
    .option('--oidc-required-claim <name=value...>', 'tokens without this claim do not count')
    .option('--oidc-signing-algs <names>', 'separated by commas (default: RS256)')
}

/** @throws CliError */
export function parseAuthentication(flags: AuthenticationFlags): AuthenticationOptions {
  const { serviceAccountIssuer } = flags
  const [frontProxy, oidc] = [parseFrontProxy(flags), parseOidc(flags)]
  return {
    ...(serviceAccountIssuer === undefined ? {} : { serviceAccountIssuer }),
    ...(frontProxy === undefined ? {} : { frontProxy }),
    ...(oidc === undefined ? {} : { oidc }),
  }
}

function parseFrontProxy(flags: AuthenticationFlags): AuthenticationOptions['frontProxy'] {
  const { requestheaderClientCaFile: caFile, requestheaderAllowedNames: names } = flags
  if (caFile !== undefined) return { caFile, ...(names === undefined ? {} : { allowedNames: listOf(names) }) }
  if (names !== undefined)
    throw usageError('--requestheader-allowed-names needs --requestheader-client-ca-file')
  return undefined
}

function parseOidc(flags: AuthenticationFlags): AuthenticationOptions['oidc'] {
  const { oidcIssuerUrl: issuerUrl, oidcClientId: clientId } = flags
  if (issuerUrl === undefined || clientId === undefined) return refuseHalf(flags)
  return {
    issuerUrl,
    clientId,
    ...given('caFile', flags.oidcCaFile),
    ...given('usernameClaim', flags.oidcUsernameClaim),
    ...given('usernamePrefix', flags.oidcUsernamePrefix),
    ...given('groupsClaim', flags.oidcGroupsClaim),
    ...given('groupsPrefix', flags.oidcGroupsPrefix),
    ...given('requiredClaims', flags.oidcRequiredClaim),
    ...given(
      'signingAlgorithms',
      flags.oidcSigningAlgs === undefined ? undefined : listOf(flags.oidcSigningAlgs),
    ),
  }
}

function refuseHalf(flags: AuthenticationFlags): undefined {
  if (Object.entries(flags).some(([name, value]) => name.startsWith('oidc') && value !== undefined))
    throw usageError('--oidc-issuer-url and --oidc-client-id: give both, or no --oidc option')
  return undefined
}

function given<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: V })
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}
