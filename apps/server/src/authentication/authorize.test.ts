import { expect, test } from 'vitest'
import { authorizeMasters } from './authorize.ts'

const attempt = (groups: readonly string[], pathname: string) => ({
  user: { name: 'u', groups },
  method: 'GET',
  pathname,
})

test('administrators may do everything', async () => {
  await expect(authorizeMasters(attempt(['system:masters'], '/api/v1/pods'))).resolves.toBeUndefined()
})

test('others may do nothing but ask who they are', async () => {
  await expect(authorizeMasters(attempt(['dev'], '/api/v1/pods'))).rejects.toMatchObject({
    code: 403,
    reason: 'Forbidden',
  })
  await expect(authorizeMasters(attempt([], '/apis'))).rejects.toMatchObject({ code: 403 })
  const whoAmI = attempt([], '/apis/authentication.k8s.io/v1/selfsubjectreviews')
  await expect(authorizeMasters(whoAmI)).resolves.toBeUndefined()
})
