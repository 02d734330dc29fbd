/** Tells errors that mean "a limit of the operating system is reached" from others, and says which limit it is. */
import { readdirSync, readFileSync } from 'node:fs'

/** What an error ran into: the open files of this process or of the machine, threads and processes, or memory. */
type SystemLimit = 'open_files' | 'open_files_of_machine' | 'threads' | 'memory'

/** What is known of this process; undefined where the platform does not say. */
export interface SystemUsage {
  readonly openFilesLimit?: number | undefined
  readonly openFiles?: number | undefined
  readonly threadsLimit?: number | undefined
  readonly threads?: number | undefined
}

/**
 * One sentence that names the limit, how much of it is used, and how to raise it; undefined when neither the error nor one of its
 * causes is about a limit. Takes errors of this thread and errors that came from another one as plain data.
 */
export function limitSentence(error: unknown, readUsage: () => SystemUsage = systemUsage): string | undefined {
  const limit = limitOf(error)
  return limit && SENTENCES[limit](limit === 'open_files' || limit === 'threads' ? readUsage() : {})
}

/** The message of an error with the sentence about the limit, unless it says so already. */
export function withLimit(message: string, sentence: string): string {
  return message.includes(sentence.split(' (', 1)[0]!) ? message : `${message}: ${sentence}`
}

const SENTENCES: Readonly<Record<SystemLimit, (usage: SystemUsage) => string>> = {
  open_files: ({ openFilesLimit, openFiles }) =>
    `this process may not open more files and sockets (ulimit -n${is(openFilesLimit)}${
      openFiles === undefined ? '' : `; ${openFiles} are open now`
    }). Raise the limit: ulimit -n 1024, LimitNOFILE= of systemd, or --ulimit nofile= of Docker`,
  open_files_of_machine: () => 'the machine may not open more files. Raise its limit: sysctl fs.file-max',
  threads: ({ threadsLimit, threads }) =>
    `no further thread may be created (ulimit -u${is(threadsLimit)}, for all programs of this user together${
      threads === undefined ? '' : `; this process has ${threads} threads`
    }). Raise the limit: ulimit -u, LimitNPROC= and TasksMax= of systemd, or --pids-limit of Docker`,
  memory: () =>
    'the operating system refused memory. Raise the limit (ulimit -v, or the memory limit of the container), or run fewer services',
}

const is = (limit: number | undefined) => (limit === undefined ? '' : ` is ${limit}`)

interface ErrorLike {
  readonly code?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

/** Errors deeper than this are not looked at: a chain of causes may be a loop. */
const MAX_DEPTH = 16

function limitOf(error: unknown, depth = 0): SystemLimit | undefined {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return undefined
  const { code, message, cause, errors } = error as ErrorLike
  const text = String(message)
  const inner = Array.isArray(errors) ? errors : []
  return limitNamed(String(code), text) ?? [cause, ...inner].reduce(firstLimit(depth + 1), undefined)
}

const firstLimit = (depth: number) => (found: SystemLimit | undefined, error: unknown) => found ?? limitOf(error, depth)

/** An error that was told in the message of another one has kept the name of its code there. */
function limitNamed(code: string, message: string): SystemLimit | undefined {
  if (code === 'EMFILE' || /\bEMFILE\b/.test(message)) return 'open_files'
  if (code === 'ENFILE' || /\bENFILE\b/.test(message)) return 'open_files_of_machine'
  // EAGAIN elsewhere means "try again"; where a thread or process is started it means that there may be no more of them.
  const isStart = code === 'ERR_WORKER_INIT_FAILED' || /\b(spawn|fork|pthread_create|uv_thread_create)\b/.test(message)
  if (isStart && (code === 'EAGAIN' || /\bEAGAIN\b/.test(message))) return 'threads'
  if (code === 'ENOMEM' || (isStart && /\bENOMEM\b/.test(message))) return 'memory'
  return undefined
}

function systemUsage(): SystemUsage {
  const limits = userLimits()
  return {
    openFilesLimit: softLimit(limits?.open_files),
    openFiles: countOpenFiles(),
    threadsLimit: softLimit(limits?.max_user_processes),
    threads: countThreads(),
  }
}

interface Report {
  readonly userLimits?: Readonly<Record<string, { readonly soft?: unknown } | undefined>>
}

/** Asked of Node, because reading /proc needs a file descriptor. */
function userLimits(): Report['userLimits'] {
  limits ??= readLimits()
  return limits
}

/** A report takes some milliseconds, and limits hardly ever change while a program runs. */
let limits: Report['userLimits']

function readLimits(): Report['userLimits'] {
  // Else the report looks up the names of all network addresses.
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean }
  report.excludeNetwork = true
  return (report.getReport() as Report).userLimits
}

function softLimit(limit: { readonly soft?: unknown } | undefined): number | undefined {
  return typeof limit?.soft === 'number' ? limit.soft : undefined
}

function countOpenFiles(): number | undefined {
  try {
    // One of them is the folder itself.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}

function countThreads(): number | undefined {
  try {
    const count = /^Threads:\s+(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))
    return count ? Number(count[1]) : undefined
  } catch {
    return undefined
  }
}
