import { Component, type ReactNode } from 'react'
import { ErrorBox } from '../parts/ErrorBox.js'
import styles from './Shell.module.css'

/** A page that breaks breaks alone: the bar stays, and one can go on elsewhere. */
export class Faults extends Component<{ children: ReactNode; at: string }, { fault: Error | null }> {
  override state: { fault: Error | null } = { fault: null }

  static getDerivedStateFromError(fault: Error) {
    return { fault }
  }

  /** Elsewhere things may be well again. */
  override componentDidUpdate(before: { at: string }) {
    if (before.at !== this.props.at && this.state.fault) this.setState({ fault: null })
  }

  override render() {
    if (!this.state.fault) return this.props.children
    return (
      <div className={styles.starting}>
        <ErrorBox
          trouble={{ message: this.state.fault.message, code: 'internal', detail: this.state.fault.message }}
          onRetry={() => location.reload()}
        />
      </div>
    )
  }
}
