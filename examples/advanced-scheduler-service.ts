/**
 * Schedules for business hours, the end of the day, the first of the month, and an interval that depends on the load. Each
 * appears twice: written by hand in a method that is called often and mostly returns at once, and declared with options, so
 * that the method is called only when it has work to do.
 */
import { availableParallelism, loadavg } from 'node:os'
import { cron, fromConfig, inject, Logger, service, type Tick, timer } from 'escapement'

@service('advanced_scheduler_service')
export class AdvancedSchedulerService {
  @inject(Logger) log!: Logger
  private lastDailyReport = ''

  // Written by hand.

  @timer(fromConfig('BUSINESS_INTERVAL', 60))
  businessHoursOnlyTask(tick: Tick) {
    const now = tick.dueAt
    const isWeekday = now.getDay() >= 1 && now.getDay() <= 5
    if (isWeekday && now.getHours() >= 9 && now.getHours() < 17) this.log.info('business hours task')
  }

  @timer(fromConfig('END_OF_DAY_CHECK_INTERVAL', 60))
  endOfDayTask(tick: Tick) {
    const now = tick.dueAt
    const today = now.toDateString()
    const isWeekday = now.getDay() >= 1 && now.getDay() <= 5
    if (!isWeekday || now.getHours() !== 18 || now.getMinutes() >= 5 || this.lastDailyReport === today) return
    this.lastDailyReport = today
    this.log.info('daily reports')
  }

  @timer(fromConfig('MONTHLY_CHECK_INTERVAL', 86_400))
  monthlyTask(tick: Tick) {
    if (tick.dueAt.getDate() === 1) this.log.info('monthly report')
  }

  @timer(fromConfig('ADAPTIVE_CHECK_INTERVAL', 3600))
  adaptiveFrequencyTask() {
    const load = loadavg()[0]! / availableParallelism()
    if (load > 0.8) return this.log.info({ load }, 'skipping, the load is high')
    this.log.info({ load }, load < 0.3 ? 'intensive processing' : 'standard processing')
  }

  // Declared with options.

  @timer(fromConfig('BUSINESS_INTERVAL', 60), {
    window: { days: 'mon-fri', from: '09:00', to: '17:00', timezone: fromConfig('TIMEZONE', 'Europe/Paris') },
  })
  businessHours() {
    this.log.info('business hours task, declared')
  }

  @cron(fromConfig('END_OF_DAY', '0 18 * * 1-5'), { timezone: fromConfig('TIMEZONE', 'Europe/Paris') })
  endOfDay() {
    this.log.info('daily reports, declared')
  }

  @cron(fromConfig('FIRST_OF_MONTH', '0 6 1 * *'), { timezone: fromConfig('TIMEZONE', 'Europe/Paris') })
  firstOfMonth() {
    this.log.info('monthly report, declared')
  }

  /** Every hour; every half hour while the load is low, every two hours while it is high. */
  @timer(({ load }) => (load < 0.3 ? 1800 : load > 0.8 ? 7200 : 3600))
  adaptive(tick: Tick) {
    this.log.info({ tick: tick.sequence }, 'adaptive processing, declared')
  }
}
