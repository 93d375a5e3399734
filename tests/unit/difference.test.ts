import test from 'ava'
import fc from 'fast-check'
import { differenceOf } from '../../web/reports/difference.js'

const shown = (before: string, after: string) =>
  differenceOf(before, after)
    .map(({ kind, text }) => ({ same: text, gone: `-${text}-`, new: `+${text}+` })[kind])
    .join('')

test('a difference is shown word by word', t => {
  t.is(shown('Examen normal.', 'Examen normal.'), 'Examen normal.')
  t.is(shown('Examen normal.', 'Examen anormal.'), 'Examen -normal-+anormal+.')
  t.is(shown('Pas d’hémorragie.', 'Hémorragie sous-durale.').startsWith('-Pas '), true)
  t.is(shown('Pas de fracture nette.', 'Trait de fracture fine.').includes('de fracture'), true)
  t.is(shown('un deux', 'trois quatre'), '-un deux-+trois quatre+', 'a run of words changes as one')
  t.is(shown('', 'Neuf'), '+Neuf+')
  t.is(shown('Ancien', ''), '-Ancien-')
})

test('whatever changed, both texts can be read out of it', t => {
  const text = fc.array(fc.constantFrom('a', 'b', 'é', ' ', '\n', '.', 'cd')).map(parts => parts.join(''))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const pieces = differenceOf(before, after)
      t.is(
        pieces
          .filter(({ kind }) => kind !== 'new')
          .map(piece => piece.text)
          .join(''),
        before,
      )
      t.is(
        pieces
          .filter(({ kind }) => kind !== 'gone')
          .map(piece => piece.text)
          .join(''),
        after,
      )
    }),
  )
})

test('texts too long for words are compared line by line', t => {
  const long = Array.from({ length: 3000 }, (_, n) => `ligne ${n}\n`).join('')
  const pieces = differenceOf(long, long.replace('ligne 1500\n', 'autre\n'))
  t.deepEqual(
    pieces.filter(({ kind }) => kind !== 'same'),
    [
      { kind: 'gone', text: 'ligne 1500\n' },
      { kind: 'new', text: 'autre\n' },
    ] as const,
  )
})
