import type { ReactNode } from 'react'
import type { ReachView } from '../../node/notifications/view.js'
import styles from '../account/Account.module.css'
import { useData } from '../api/data.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { reachWords } from '../words/reach.js'
import { useWords } from '../words/words.js'
import { Here } from './Here.js'
import { SoundChoices } from './SoundChoices.js'
import { Trials } from './Trials.js'
import { Wishes } from './Wishes.js'

/** /account/reach: by what somebody is reached, and whether it works. */
export default function Reach() {
  const t = useWords(reachWords)
  const asked = useData<ReachView>(['notices', 'reach'], '/api/reach')
  const reach = asked.data
  return (
    <Page title={t('title')}>
      <p className="second">{t('lead')}</p>
      {asked.error ? <ErrorBox trouble={asked.error} onRetry={() => void asked.refetch()} /> : null}
      {!reach ? (
        asked.error ? null : (
          <Skeleton lines={6} height={44} />
        )
      ) : (
        <div className={styles.page}>
          <Card title={t('channels.title')}>
            <Trials reach={reach} />
          </Card>
          <Card title={t('how.title')}>
            <Wishes reach={reach} />
          </Card>
          <Card title={t('here.title')}>
            <Here reach={reach} />
          </Card>
          <Card title={t('sounds.title')}>
            <SoundChoices />
          </Card>
        </div>
      )}
    </Page>
  )
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.card} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
