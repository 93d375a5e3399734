import { Search, Users } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { AccountView } from '../../node/accounts/view.js'
import { usePages } from '../api/pages.js'
import { useAddress } from '../api/url.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { accounts as words } from '../words/accounts.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import { AccountState } from './AccountState.js'
import styles from './Accounts.module.css'
import { plain } from './plain.js'

/** Everybody this person keeps; the search is over what has been read, which is all for a site. */
export function People() {
  const t = useWords(words)
  const format = useFormats()
  const address = useAddress()
  const list = usePages<AccountView>(['accounts'], '/api/accounts?limit=500')
  const [typed, setTyped] = useState(address.get('q'))
  const wanted = plain(typed)
  const rows = list.items?.filter(row => plain(`${row.name} ${row.email}`).includes(wanted))
  return (
    <>
      <div className={styles.search}>
        <TextField
          label={t('search')}
          hideLabel
          type="search"
          placeholder={t('search')}
          before={<Search aria-hidden />}
          value={typed}
          onChange={next => {
            setTyped(next)
            address.set({ q: next }, { replace: true })
          }}
          autoComplete="off"
          spellCheck={false}
        />
      </div>
      {list.problem ? (
        <ErrorBox title={t('trouble')} trouble={list.problem} onRetry={() => list.readAgain()} />
      ) : !rows ? (
        <Skeleton lines={6} height={36} />
      ) : rows.length === 0 ? (
        <Empty icon={<Users aria-hidden />} title={t('empty.title')}>
          {t('empty.text')}
        </Empty>
      ) : (
        <div className={styles.list}>
          <Table caption={t('caption')}>
            <Head columns={[t('column.name'), t('column.roles'), t('column.state'), t('column.seen')]} />
            <tbody>
              {rows.map(row => (
                <tr key={row.id}>
                  <th scope="row" className={styles.name}>
                    <Link href={`/accounts/${row.id}`}>{row.name}</Link>
                    <span className={styles.under}>{row.email}</span>
                  </th>
                  <td>
                    {row.memberships.map(({ id, role, siteName }) => (
                      <span key={id} className={styles.role}>
                        {t('role.at', { role: t(`role.${role}`), site: siteName })}
                      </span>
                    ))}
                  </td>
                  <td>
                    <AccountState state={row.state} />
                  </td>
                  <td title={format.exact(row.lastSignInAt)}>
                    {row.lastSignInAt ? format.moment(row.lastSignInAt) : t('seen.never')}
                  </td>
                </tr>
              ))}
            </tbody>
          </Table>
        </div>
      )}
      {list.hasMore ? (
        <div>
          <Button busy={list.isReadingMore} onPress={() => void list.readMore()}>
            {t('more')}
          </Button>
        </div>
      ) : null}
    </>
  )
}
