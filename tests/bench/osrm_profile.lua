-- How Yixian reads OpenStreetMap's roads (geo/intake/osm/tags.py, geo/network/speeds.py), for OSRM: the same speeds,
-- access and one-way rules, written a second time. Turns and traffic lights cost nothing, gates stand open.
-- The name of a way is its number, so that a route can be read.
-- `speeds.lua` is written beside this file by tests/bench/osrm.py; it holds `kph[class] = {paved, unpaved}`.

api_version = 4

local given = require("speeds")

local function words(text)
  local set = {}
  for word in text:gmatch("%S+") do set[word] = true end
  return set
end

local LINKS = words("motorway_link trunk_link primary_link secondary_link tertiary_link")
local OTHER = {living_street = "residential", road = "unclassified"}
local FOOTWAYS = {pedestrian = "service", footway = "service", cycleway = "service", path = "track", bridleway = "track"}
local OPEN = words("yes designated permissive destination official")
local PAVED = words("paved asphalt chipseal concrete concrete:lanes concrete:plates paving_stones paving_stones:lanes " ..
  "sett cobblestone unhewn_cobblestone bricks brick metal metal_grid wood")
local UNPAVED = words("unpaved compacted fine_gravel gravel pebblestone shells rock stone ground dirt earth grass " ..
  "grass_paver mud sand woodchips snow ice clay")
local ZONE_KPH = {urban = 50, rural = 90, trunk = 110, motorway = 120, living_street = 20}
local OBSTACLES = words("bollard block jersey_barrier planter log debris")
local MOVABLE = words("removable rising foldable flexible locked unlocked")
local PASSES = words("yes designated permissive destination official private permit customers delivery employees " ..
  "residents military forestry agricultural")
local ACCESS_KEYS = {"emergency", "motorcar", "motor_vehicle", "vehicle", "access"}

local function access(thing)
  for _, key in ipairs(ACCESS_KEYS) do
    local said = thing:get_value_by_key(key)
    if said then return said end
  end
end

local function class_of(way)
  local highway = way:get_value_by_key("highway")
  if not highway or way:get_value_by_key("area") == "yes" then return nil end
  local class = LINKS[highway] and highway:gsub("_link", "") or OTHER[highway] or highway
  if given.kph[class] then
    return access(way) ~= "no" and class or nil
  end
  for _, key in ipairs({"motorcar", "motor_vehicle", "emergency"}) do
    if OPEN[way:get_value_by_key(key) or ""] then return FOOTWAYS[highway] end
  end
end

local function is_unpaved(way, class)
  local word = (way:get_value_by_key("surface") or ""):match("^%s*([^;%s]*)")
  if PAVED[word] then return false end
  if UNPAVED[word] then return true end
  local grade = (way:get_value_by_key("tracktype") or ""):match("^grade([1-5])$")
  if grade then return grade ~= "1" end
  return class == "track"
end

local function limit_kph(way)
  local lowest
  for said in (way:get_value_by_key("maxspeed") or ""):gmatch("[^;]+") do
    local part = said:match("^%s*(.-)%s*$")
    local number, unit = part:match("^(%d+%.?%d*)%s*(%a*)$")
    local kph = number and tonumber(number) * (unit == "mph" and 1.609344 or 1)
    if not kph then
      local zone = part:match("^%a%a:zone:?(%w+)$") or part:match("^%a%a:([%w_]+)$") or ""
      kph = tonumber(zone) or ZONE_KPH[zone]
    end
    if kph and kph >= 1 and (not lowest or kph < lowest) then lowest = kph end
  end
  return lowest
end

local function direction(way)
  local said = way:get_value_by_key("oneway")
  if said == "-1" or said == "reverse" then return -1 end
  if said == "yes" or said == "true" or said == "1" then return 1 end
  local junction = way:get_value_by_key("junction")
  local implied = junction == "roundabout" or junction == "circular" or way:get_value_by_key("highway") == "motorway"
  return not said and implied and 1 or 0
end

function setup()
  return {
    properties = {
      weight_name = "duration",
      continue_straight_at_waypoint = false,
      use_turn_restrictions = given.turn_restrictions,
    },
  }
end

function process_node(profile, node, result)
  if OBSTACLES[node:get_value_by_key("barrier") or ""]
    and not MOVABLE[node:get_value_by_key("bollard") or ""]
    and not PASSES[access(node) or ""] then
    obstacle_map:add(node, Obstacle.new(obstacle_type.barrier))
  end
end

function process_way(profile, way, result)
  local class = class_of(way)
  if not class then return end
  local kph = given.kph[class][is_unpaved(way, class) and 2 or 1]
  kph = math.min(kph, limit_kph(way) or kph) / given.slower
  result.name = tostring(way:id())
  result.forward_speed, result.backward_speed = kph, kph
  result.forward_mode, result.backward_mode = mode.driving, mode.driving
  local runs = direction(way)
  if runs > 0 then result.backward_mode = mode.inaccessible end
  if runs < 0 then result.forward_mode = mode.inaccessible end
end

function process_turn(profile, turn)
end

return {setup = setup, process_node = process_node, process_way = process_way, process_turn = process_turn}
