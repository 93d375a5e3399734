/** What a page of another origin tries; runs in the browser, against `node`, and gives what it won. */
export type Attack = (node: string) => Promise<string | undefined>

/**
 * The attacks of a foreign page, by name. Each stands alone, as text that a browser runs: nothing from outside it is
 * in reach. What it changed is looked for on the node's side; what it could read it says itself.
 */
export const attacks: Readonly<Record<string, Attack>> = {
  'a form, as browsers send forms': async node => {
    const form = document.body.appendChild(document.createElement('form'))
    Object.assign(form, { method: 'POST', action: `${node}/api/tokens`, target: 'hidden' })
    form.innerHTML = '<input name="name" value="evil"><input name="rights" value="peer.see">'
    return submitted(form)
  },
  'a form in many parts': async node => {
    const form = document.body.appendChild(document.createElement('form'))
    Object.assign(form, {
      method: 'POST',
      enctype: 'multipart/form-data',
      action: `${node}/api/tokens`,
      target: 'hidden',
    })
    form.innerHTML = '<input name="name" value="evil">'
    return submitted(form)
  },
  'a form whose text reads as JSON': async node => {
    const form = document.body.appendChild(document.createElement('form'))
    Object.assign(form, {
      method: 'POST',
      enctype: 'text/plain',
      action: `${node}/api/tokens`,
      target: 'hidden',
    })
    form.innerHTML = `<input name='{"name":"evil","rights":["peer.see"],"x":"' value='"}'>`
    return submitted(form)
  },
  'a form that reads where it should write': async node => {
    const form = document.body.appendChild(document.createElement('form'))
    Object.assign(form, { method: 'GET', action: `${node}/api/session`, target: 'hidden' })
    form.innerHTML = '<input name="_method" value="DELETE">'
    return submitted(form)
  },
  'a form that names another method': async node => {
    const form = document.body.appendChild(document.createElement('form'))
    Object.assign(form, {
      method: 'POST',
      action: `${node}/api/session?_method=DELETE`,
      target: 'hidden',
    })
    form.innerHTML = '<input name="_method" value="DELETE">'
    return submitted(form)
  },
  'a form that signs the person in as somebody else': async node => {
    const form = document.body.appendChild(document.createElement('form'))
    Object.assign(form, {
      method: 'POST',
      enctype: 'text/plain',
      action: `${node}/api/session`,
      target: 'hidden',
    })
    form.innerHTML = `<input name='{"email":"admin@nord.example","password":"un bon mot de passe","x":"' value='"}'>`
    return submitted(form)
  },
  'a form in a sandbox, of no origin': async node => {
    const frame = document.createElement('iframe')
    frame.setAttribute('sandbox', 'allow-forms allow-scripts')
    frame.srcdoc = `<form method="POST" enctype="text/plain" action="${node}/api/tokens">
      <input name='{"name":"evil","rights":["peer.see"],"x":"' value='"}'></form><script>document.forms[0].submit()</script>`
    return loaded(frame)
  },
  'a form in a data: page': async node => {
    const frame = document.createElement('iframe')
    frame.src = `data:text/html,<form method="POST" enctype="text/plain" action="${node}/api/tokens"><input name='{"name":"evil","rights":["peer.see"],"x":"' value='"}'></form><script>document.forms[0].submit()</script>`
    return loaded(frame)
  },
  'a form in a page made of bytes': async node => {
    const frame = document.createElement('iframe')
    const html = `<form method="POST" enctype="text/plain" action="${node}/api/tokens"><input name='{"name":"evil","rights":["peer.see"],"x":"' value='"}'></form><script>document.forms[0].submit()</script>`
    frame.src = URL.createObjectURL(new Blob([html], { type: 'text/html' }))
    return loaded(frame)
  },
  'a form that hides where it comes from': async node => {
    const form = document.body.appendChild(document.createElement('form'))
    form.setAttribute('rel', 'noreferrer')
    Object.assign(form, {
      method: 'POST',
      enctype: 'text/plain',
      action: `${node}/api/tokens`,
      target: 'hidden',
    })
    form.innerHTML = `<input name='{"name":"evil","rights":["peer.see"],"x":"' value='"}'>`
    return submitted(form)
  },
  'fetch with text': node => wrote(node, { mode: 'no-cors', headers: { 'content-type': 'text/plain' } }),
  'fetch with a form': node =>
    wrote(node, { mode: 'no-cors', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  'fetch with bytes of no kind': node => wrote(node, { mode: 'no-cors', body: new Blob([body()]) }),
  'fetch with JSON, asking first': node =>
    wrote(node, { mode: 'cors', headers: { 'content-type': 'application/json' } }),
  'fetch with a kind that is two': node =>
    wrote(node, { mode: 'no-cors', headers: { 'content-type': 'text/plain; application/json' } }),
  'fetch that claims another method': node =>
    wrote(node, { mode: 'cors', headers: { 'x-http-method-override': 'PUT', 'content-type': 'text/plain' } }),
  'fetch that outlives its page': node =>
    wrote(node, { mode: 'no-cors', keepalive: true, headers: { 'content-type': 'text/plain' } }),
  'fetch that signs the person out': async node => {
    const answer = await fetch(`${node}/api/session`, { method: 'DELETE', credentials: 'include' }).catch(
      () => undefined,
    )
    return answer?.ok === true ? 'an answer' : undefined
  },
  'XMLHttpRequest with the cookie': node =>
    new Promise(resolve => {
      const asked = new XMLHttpRequest()
      asked.withCredentials = true
      asked.open('POST', `${node}/api/tokens`)
      asked.setRequestHeader('content-type', 'text/plain')
      asked.onloadend = () => resolve(asked.responseText || undefined)
      asked.send(body())
    }),
  'a beacon of text': async node => {
    navigator.sendBeacon(`${node}/api/tokens`, body())
    await calm()
    return undefined
  },
  'a beacon of JSON': async node => {
    navigator.sendBeacon(`${node}/api/tokens`, new Blob([body()], { type: 'application/json' }))
    await calm()
    return undefined
  },
  'the ping of a link': async node => {
    const link = document.body.appendChild(document.createElement('a'))
    Object.assign(link, { href: '#', ping: `${node}/api/tokens` })
    link.click()
    await calm()
    return undefined
  },
  'reading the session': node => read(node, '/api/session', { mode: 'cors', credentials: 'include' }),
  'reading requests of patients': node =>
    read(node, '/api/requests', { mode: 'cors', credentials: 'include' }),
  'reading what is opaque': node => read(node, '/api/requests', { mode: 'no-cors', credentials: 'include' }),
  'reading from the cache': node =>
    read(node, '/api/requests', { mode: 'no-cors', credentials: 'include', cache: 'force-cache' }),
  'reading what needs no session': node => read(node, '/api/node', { mode: 'cors' }),
  'reading the measurements': node => read(node, '/metrics', { mode: 'cors' }),
  'reading by XMLHttpRequest': node =>
    new Promise(resolve => {
      const asked = new XMLHttpRequest()
      asked.withCredentials = true
      asked.open('GET', `${node}/api/session`)
      asked.onloadend = () => resolve(asked.responseText || undefined)
      asked.send()
    }),
  'reading from a page of no origin': node =>
    told(`fetch('${node}/api/session',{credentials:'include'}).then(a=>a.text())`),
  'answers as scripts': async node => {
    const won: unknown[] = []
    const steal = { set: (value: unknown) => won.push(value), configurable: true }
    for (const key of ['items', 'account', '0']) Object.defineProperty(Object.prototype, key, steal)
    const script = document.createElement('script')
    script.src = `${node}/api/requests`
    const outcome = await loaded(script)
    for (const key of ['items', 'account', '0']) Reflect.deleteProperty(Object.prototype, key)
    return won.length > 0 ? 'values' : outcome === 'load' ? 'it ran' : undefined
  },
  'answers as modules': async node => {
    const answer = await import(/* @vite-ignore */ `${node}/api/session`).catch(() => undefined)
    return answer === undefined ? undefined : 'a module'
  },
  'answers as rules of style': async node => {
    const link = document.createElement('link')
    Object.assign(link, { rel: 'stylesheet', href: `${node}/api/requests?q=%7Dbody%7Bcolor:red%7D` })
    return (await loaded(link)) === 'load' ? 'it loaded' : undefined
  },
  'pictures of ours in their page': node => embedded('img', 'src', `${node}/icon.svg`),
  'answers as pictures': node => embedded('img', 'src', `${node}/api/requests`),
  'answers as films': node => embedded('video', 'src', `${node}/api/requests`),
  'answers as objects': async node => {
    const object = document.createElement('object')
    object.data = `${node}/api/session`
    await loaded(object)
    return object.contentDocument?.body?.textContent || undefined
  },
  'our screens in a frame': async node => {
    const frame = document.createElement('iframe')
    frame.src = `${node}/requests`
    await loaded(frame)
    // What was refused is a page of the browser's own, which nobody may look into either: told apart from outside.
    return frame.contentDocument === null ? undefined : frame.contentDocument.body.textContent || undefined
  },
  'our screens in a frame of a frame': async node => {
    const frame = document.createElement('iframe')
    frame.srcdoc = `<iframe src="${node}/requests"></iframe>`
    await loaded(frame)
    await calm()
    try {
      return frame.contentWindow?.frames[0]?.document.body.textContent || undefined
    } catch {
      return undefined // another origin: nothing to be seen
    }
  },
  'our screens in a window of theirs': async node => {
    const opened = window.open(`${node}/requests`, 'prey')
    if (opened === null) return 'the attack could not be tried'
    await calm(1500)
    let won: string | undefined
    try {
      // Cut off (COOP), it is a closed window; else its frames could be counted and its address changed.
      won = opened.closed ? undefined : `its frames: ${opened.length}`
    } catch {
      won = undefined // it may not even be asked
    }
    opened.close()
    return won
  },
  'messages to our screens': async node => {
    const opened = window.open(`${node}/requests`)
    if (opened === null) return 'the attack could not be tried'
    let heard: string | undefined
    addEventListener('message', event => {
      if (event.origin === node) heard = String(event.data)
    })
    for (let n = 0; n < 5; n++) {
      opened.postMessage({ type: 'session', command: 'sign-out' }, '*')
      await calm(100)
    }
    opened.close()
    return heard
  },
  'the live connection': node => socket(`${node.replace('http', 'ws')}/ws`),
  'the live connection from no origin': node =>
    told(
      `new Promise(done=>{const s=new WebSocket('${node.replace('http', 'ws')}/ws');s.onmessage=m=>done(m.data);s.onclose=()=>done('')})`,
    ),
  'events of the server': node =>
    new Promise(resolve => {
      const source = new EventSource(`${node}/api/requests`, { withCredentials: true })
      source.onopen = () => resolve('it opened')
      source.onmessage = message => resolve(message.data)
      source.onerror = () => {
        source.close()
        resolve(undefined)
      }
    }),
  'a worker of our scripts': async node => {
    try {
      const worker = new Worker(`${node}/main.js`)
      worker.terminate()
      return 'a worker'
    } catch {
      return undefined // not of this origin
    }
  },
  'a service worker that would stay': async node => {
    const registered = await navigator.serviceWorker
      ?.register(`${node}/main.js`, { scope: `${node}/` })
      .catch(() => undefined)
    return registered === undefined ? undefined : 'it was registered'
  },
  'fetching ahead, and looking what is there': async node => {
    const link = document.createElement('link')
    Object.assign(link, { rel: 'prefetch', href: `${node}/api/requests`, crossOrigin: 'use-credentials' })
    await loaded(link)
    return read(node, '/api/requests', { mode: 'no-cors', cache: 'force-cache', credentials: 'include' })
  },
  'sizes told by measurements': async node => {
    await fetch(`${node}/api/requests`, { mode: 'no-cors', credentials: 'include' }).catch(() => undefined)
    const seen = performance
      .getEntriesByName(`${node}/api/requests`)
      .map(entry => (entry as PerformanceResourceTiming).encodedBodySize)
    return seen.some(size => size > 0) ? `sizes: ${seen.join()}` : undefined
  },
}

/* In the browser every attack finds these beside it. */
declare function submitted(form: HTMLFormElement): Promise<string | undefined>
declare function loaded(element: HTMLElement): Promise<string | undefined>
declare function wrote(node: string, options: RequestInit): Promise<string | undefined>
declare function read(node: string, path: string, options: RequestInit): Promise<string | undefined>
declare function told(expression: string): Promise<string | undefined>
declare function embedded(tag: string, attribute: string, url: string): Promise<string | undefined>
declare function socket(url: string): Promise<string | undefined>
declare function body(): string
declare function calm(ms?: number): Promise<void>

/** The attacker's own page. */
export const attackersPage = `<!doctype html><meta charset="utf-8"><title>prizes</title><iframe name="hidden"></iframe><script>
const __name = named => named // what the compiler of the tests calls
const calm = (ms = 300) => new Promise(done => setTimeout(done, ms))
const body = () => JSON.stringify({ name: 'evil', rights: ['peer.see'] })
async function submitted(form) {
  const frame = document.querySelector('iframe[name=hidden]')
  const done = new Promise(resolve => frame.addEventListener('load', resolve, { once: true }))
  form.submit()
  await Promise.race([done, calm(2000)])
  form.remove()
  try { return frame.contentDocument?.body?.textContent || undefined } catch { return undefined }
}
async function loaded(element) {
  const done = new Promise(resolve => {
    element.addEventListener('load', () => resolve('load'))
    element.addEventListener('loadeddata', () => resolve('load'))
    element.addEventListener('error', () => resolve('error'))
  })
  document.body.append(element)
  const outcome = await Promise.race([done, calm(2000)])
  if (element.tagName === 'IFRAME') await calm()
  setTimeout(() => element.remove(), 3000)
  return element.tagName === 'IFRAME' ? undefined : outcome
}
async function wrote(node, options) {
  const answer = await fetch(node + '/api/tokens', { method: 'POST', body: body(), credentials: 'include', ...options }).catch(() => undefined)
  return answer === undefined ? undefined : (await answer.text()) || undefined
}
async function read(node, path, options) {
  const answer = await fetch(node + path, options).catch(() => undefined)
  return answer === undefined ? undefined : (await answer.text()) || undefined
}
async function told(expression) {
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', 'allow-scripts')
  const heard = new Promise(resolve => addEventListener('message', event => resolve(event.data), { once: true }))
  frame.srcdoc = '<script>' + expression + ".then(won=>parent.postMessage(won||'','*'),()=>parent.postMessage('','*'))<\\/script>"
  document.body.append(frame)
  const won = await Promise.race([heard, calm(3000)])
  frame.remove()
  return won || undefined
}
async function embedded(tag, attribute, url) {
  const element = document.createElement(tag)
  element.setAttribute(attribute, url)
  return (await loaded(element)) === 'load' ? 'it loaded' : undefined
}
function socket(url) {
  return new Promise(resolve => {
    const opened = new WebSocket(url)
    opened.onopen = () => resolve('it opened')
    opened.onerror = () => resolve(undefined)
  })
}
</script>`
