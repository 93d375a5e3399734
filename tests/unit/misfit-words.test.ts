import test from 'ava'
import { z } from 'zod'
import { misfitWords } from '../../node/http/misfit-words.js'

const form = z.object({
  name: z.string().min(1).max(10),
  password: z.string().min(12, 'at least 12 characters'),
  code: z.string().min(4),
  tags: z.array(z.string()).min(2),
  count: z.number().max(5),
  weight: z.number().min(3),
})

/** What is said of each field, in both languages. */
function said(value: object): Record<string, [string, string]> {
  const { error } = form.safeParse(value)
  return Object.fromEntries(
    (error?.issues ?? []).map(issue => [
      issue.path.join('.'),
      [misfitWords(issue, 'en'), misfitWords(issue, 'fr')] as [string, string],
    ]),
  )
}

test('what does not fit is said to a person in their language, and not as the library of schemas says it', t => {
  t.deepEqual(
    said({ name: 'x'.repeat(11), password: 'court', code: 'ab', tags: ['a'], count: 6, weight: 2 }),
    {
      name: ['At most 10 characters.', '10 caractères au plus.'],
      password: ['at least 12 characters', '12 caractères au moins.'],
      code: ['At least 4 characters.', '4 caractères au moins.'],
      tags: ['At least 2.', 'Il en faut au moins 2.'],
      count: ['At most 5.', '5 au plus.'],
      weight: ['At least 3.', 'Au moins 3.'],
    },
  )
  const missing = ['This is needed.', 'Ceci est nécessaire.']
  t.like(said({ name: '' }), { name: missing, password: missing, count: missing })
})
