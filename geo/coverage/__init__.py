"""Who was where and what is owed: nights of villages and leaders, duty days, a team's week, over any time."""

from geo.coverage.attendance import DutyCoverage as DutyCoverage
from geo.coverage.attendance import TeamDay as TeamDay
from geo.coverage.attendance import duty_coverage as duty_coverage
from geo.coverage.evenings import Evenings as Evenings
from geo.coverage.evenings import village_evenings as village_evenings
from geo.coverage.history import StayHistory as StayHistory
from geo.coverage.history import stay_history as stay_history
from geo.coverage.leaders import LeaderCoverage as LeaderCoverage
from geo.coverage.leaders import LeaderMonth as LeaderMonth
from geo.coverage.leaders import leader_coverage as leader_coverage
from geo.coverage.review import WeekReview as WeekReview
from geo.coverage.review import week_review as week_review
from geo.coverage.stays import StayCoverage as StayCoverage
from geo.coverage.stays import VillageStays as VillageStays
from geo.coverage.stays import stay_coverage as stay_coverage
from geo.coverage.team_week import NightsInVillage as NightsInVillage
from geo.coverage.team_week import TeamWeek as TeamWeek
from geo.coverage.team_week import team_week as team_week
from geo.rules import StayRules as StayRules
