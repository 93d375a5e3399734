import test from 'ava'
import { periodOf } from '../../web/activity/periods.js'
import { ownListsMax, usualView, viewFrom, withList } from '../../web/requests/own-view.js'

test('how a person arranged their worklist is read back, and what cannot be read is the usual one', t => {
  const view = withList({ columns: ['images', 'sent'], lists: [] }, { name: 'Nuit', query: 'modality=CT' })
  t.deepEqual(viewFrom(JSON.stringify(view)), view)
  t.deepEqual(withList(view, { name: 'Nuit', query: 'q=a' }).lists, [{ name: 'Nuit', query: 'q=a' }])
  for (const text of [null, '', '{', '7', '[]', '{"columns":"x","lists":7}'])
    t.deepEqual(viewFrom(text), usualView, `${text}`)
  t.deepEqual(viewFrom('{"columns":["images","x",7],"lists":[null,{"name":1},{"name":"a","query":"b"}]}'), {
    columns: ['images'],
    lists: [{ name: 'a', query: 'b' }],
  })
  const many = Array.from({ length: 30 }, (_, at) => ({ name: `${at}`, query: '' }))
  t.is(many.reduce(withList, usualView).lists.length, ownListsMax)
})

test('a period is its first and last day by the calendar', t => {
  const on = new Date(2028, 2, 31, 23, 30)
  t.deepEqual(periodOf('today', '', '', on), { from: '2028-03-31', to: '2028-03-31' })
  t.deepEqual(periodOf('week', '', '', on), { from: '2028-03-25', to: '2028-03-31' })
  t.deepEqual(periodOf('month', '', '', on), { from: '2028-03-01', to: '2028-03-31' })
  t.deepEqual(periodOf('before', '', '', on), { from: '2028-02-01', to: '2028-02-29' })
  t.deepEqual(periodOf('year', '', '', on), { from: '2028-01-01', to: '2028-12-31' })
  t.deepEqual(periodOf('chosen', '2020-01-02', '2020-01-03', on), { from: '2020-01-02', to: '2020-01-03' })
  t.deepEqual(periodOf('chosen', '', '', on), { from: '2028-03-01', to: '2028-03-31' })
})
