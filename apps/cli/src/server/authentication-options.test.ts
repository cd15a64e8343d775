import { expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'
import { parseAuthentication } from './authentication-options.ts'

test('what is not given keeps its default', () => {
  expect(parseAuthentication({})).toEqual({})
})

test('an issuer of ID tokens', () => {
  const flags = {
    oidcIssuerUrl: 'https://id.example',
    oidcClientId: 'margay',
    oidcUsernameClaim: 'email',
    oidcGroupsClaim: 'groups',
    oidcRequiredClaim: ['tenant=shop'],
    oidcSigningAlgs: 'RS256, ES256',
  }
  expect(parseAuthentication(flags)).toEqual({
    oidc: {
      issuerUrl: 'https://id.example',
      clientId: 'margay',
      usernameClaim: 'email',
      groupsClaim: 'groups',
      requiredClaims: ['tenant=shop'],
      signingAlgorithms: ['RS256', 'ES256'],
    },
  })
})

test('a proxy in front', () => {
  const flags = { requestheaderClientCaFile: 'ca.pem', requestheaderAllowedNames: 'front,back' }
  expect(parseAuthentication(flags)).toEqual({
    frontProxy: { caFile: 'ca.pem', allowedNames: ['front', 'back'] },
  })
})

test('half of it is refused before anything starts', async () => {
  const refusal = async (...args: string[]) => {
    const { exitCode, err } = await margay(['server', ...args])
    expect(exitCode).toBe(2)
    return err
  }
  expect(await refusal('--oidc-issuer-url', 'https://id.example')).toContain('give both')
  expect(await refusal('--oidc-groups-claim', 'groups')).toContain('give both, or no --oidc option')
  expect(await refusal('--requestheader-allowed-names', 'front')).toContain(
    'needs --requestheader-client-ca-file',
  )
})
