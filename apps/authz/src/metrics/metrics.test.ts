import { formatMetrics } from '@margay/metrics'
import { expect, test } from 'vitest'
import { AuthzMetrics } from './authz-metrics.ts'
import { serveMetrics } from './metrics-server.ts'

const facts = { isReady: true, revision: '41', droppedLines: 3 }

test('checks are counted by verdict and reason, and their time by what it is below', () => {
  const metrics = new AuthzMetrics()
  metrics.judged({ verdict: 'Allow', reason: 'Policy', disagrees: true })
  metrics.judged({ verdict: 'Deny', reason: 'NotLocal', disagrees: false })
  metrics.refused('TooManyHeaders')
  metrics.failed()
  metrics.took(0.00002)
  metrics.took(0.004)
  metrics.took(1)
  const text = formatMetrics(metrics.read(facts))
  for (const line of [
    '# TYPE margay_authz_checks_total counter',
    'margay_authz_checks_total{verdict="Allow",reason="Policy"} 1',
    'margay_authz_checks_total{verdict="Deny",reason="Policy"} 0',
    'margay_authz_checks_total{verdict="Deny",reason="NotLocal"} 1',
    'margay_authz_checks_total{verdict="Deny",reason="UnknownIdentity"} 0',
    'margay_authz_checks_refused_total{refusal="TooManyHeaders"} 1',
    '# TYPE margay_authz_check_duration_seconds histogram',
    'margay_authz_check_duration_seconds_bucket{le="0.00001"} 0',
    'margay_authz_check_duration_seconds_bucket{le="0.000025"} 1',
    'margay_authz_check_duration_seconds_bucket{le="0.005"} 2',
    'margay_authz_check_duration_seconds_bucket{le="+Inf"} 3',
    'margay_authz_check_duration_seconds_count 3',
    'margay_authz_identity_disagreements_total 1',
    'margay_authz_errors_total 1',
    'margay_authz_log_lines_dropped_total 3',
    'margay_authz_synced 1',
    'margay_authz_policy_revision 41',
  ])
    expect(text.split('\n')).toContain(line)
})

test('where revisions are no numbers there is none', () => {
  const text = formatMetrics(new AuthzMetrics().read({ ...facts, isReady: false, revision: undefined }))
  expect(text).toContain('margay_authz_synced 0\n')
  expect(text).not.toMatch(/^margay_authz_policy_revision/m)
})

test('they are served at one path, to be read', async () => {
  const server = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => new AuthzMetrics().read(facts))
  const at = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method })
  const answer = await at('/metrics')
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await answer.text()).toContain('margay_authz_synced 1')
  expect((await at('/')).status).toBe(404)
  expect((await at('/metrics', 'POST')).status).toBe(405)
  const taken = serveMetrics({ host: '127.0.0.1', port: server.port }, () => [])
  await expect(taken).rejects.toThrow('EADDRINUSE')
  server.stop()
})
