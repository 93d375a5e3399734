import type { ApiProblem } from '../api/problem.js'

/** The node refused the signature only because of the password: nothing else is wrong, and nothing was signed. */
export function isWrongPassword(problem: ApiProblem | null): boolean {
  return problem?.field('reauthentication.password') !== undefined || problem?.code === 'unauthenticated'
}
