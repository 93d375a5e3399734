import type { Role } from '../../node/accounts/view.js'
import type { ListView } from '../../node/requests/view.js'
import type { SiteView } from '../../node/sites/view.js'
import { useData } from '../api/data.js'
import { Select } from '../parts/Select.js'
import { accounts as words } from '../words/accounts.js'
import { useWords } from '../words/words.js'
import styles from './Accounts.module.css'

const roles: Role[] = [
  'referrer',
  'technician',
  'radiologist',
  'coordinator',
  'administrator',
  'operator',
  'auditor',
]

export interface RoleAtSiteProps {
  role: Role | ''
  site: string
  onRole: (role: Role) => void
  onSite: (site: string) => void
  roleProblem?: string | undefined
  siteProblem?: string | undefined
}

export function RoleAtSite({ role, site, onRole, onSite, roleProblem, siteProblem }: RoleAtSiteProps) {
  const t = useWords(words)
  const sites = useData<ListView<SiteView>>(['sites'], '/api/sites')
  return (
    <div className={styles.pair}>
      <Select
        label={t('field.role')}
        required
        placeholder={t('choose')}
        value={role}
        onChange={id => onRole(id as Role)}
        problem={roleProblem}
        options={roles.map(id => ({ id, label: t(`role.${id}`) }))}
      />
      <Select
        label={t('field.site')}
        required
        placeholder={t('choose')}
        value={site}
        onChange={onSite}
        problem={siteProblem}
        options={(sites.data?.items ?? [])
          .filter(each => !each.closed)
          .map(each => ({ id: each.id, label: each.name }))}
      />
    </div>
  )
}
