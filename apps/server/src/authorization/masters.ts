/** Members of system:masters may do everything, whatever roles there are: nobody can lock the administrator out. */
import { mastersGroup } from '../authentication/user.ts'
import { type Authorizer, type Decision, noOpinion } from './attributes.ts'

const allowed: Decision = { decision: 'Allow', reason: '' }

export const mastersAuthorizer: Authorizer = {
  decide: ({ user }) => (user.groups.includes(mastersGroup) ? allowed : noOpinion),
}
