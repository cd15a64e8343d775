/**
 * A watch ends when its user may see more or less than when it began: the client is told to list again, and gets what it
 * may see by then.
 *
 * Source  Calico's `watch_manager` closes watches of policies when tiers change; this also sees to rights that were taken.
 */
import type { User } from '../authentication/user.ts'
import type { ApiRequest, ApiResponse } from '../http/message.ts'
import { expired } from '../status/api-error.ts'
import type { ResourceAction } from './attributes.ts'
import { type Access, visibility } from './request-access.ts'

/** `watch` answers the request that it is given. */
export async function guardWatch(
  access: Access,
  user: User,
  action: ResourceAction,
  request: ApiRequest,
  watch: (request: ApiRequest) => Promise<ApiResponse>,
): Promise<ApiResponse> {
  const atStart = visibility(access, user, action)
  const changed = new AbortController()
  const look = (): void => {
    if (visibility(access, user, action) !== atStart) changed.abort()
  }
  const signal = AbortSignal.any([request.signal, changed.signal])
  const response = await watch({ ...request, signal })
  if (!('stream' in response)) return response
  return {
    ...response,
    stream: async (send) => {
      const stop = access.rights.onChange(look)
      look()
      try {
        await response.stream(send)
      } finally {
        stop()
      }
      if (changed.signal.aborted && !request.signal.aborted) await send(`${JSON.stringify(endOfRights())}\n`)
    },
  }
}

function endOfRights(): object {
  const error = expired('what you may see has changed: list again')
  return { type: 'ERROR', object: error.toStatus() }
}
